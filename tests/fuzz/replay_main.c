/* Runs a fuzz target over the files of a folder (its corpus), so that plain builds replay what fuzzing has found. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file || fseek(file, 0, SEEK_END) != 0) return perror(path), 1;
  size_t size = (size_t)ftell(file);
  rewind(file);
  uint8_t *data = malloc(size > 0 ? size : 1); /* exactly the size, so that a sanitizer sees an over-read */
  if (!data) return perror(path), 1;
  int failed = fread(data, 1, size, file) != size;
  fclose(file);
  if (!failed) LLVMFuzzerTestOneInput(data, size);
  free(data);
  return failed;
}

int main(int argc, char **argv) {
  if (argc != 2) return fprintf(stderr, "usage: %s CORPUS\n", argv[0]), 2;
  DIR *folder = opendir(argv[1]);
  if (!folder) return perror(argv[1]), 1;
  int files = 0, failed = 0;
  for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
    if (entry->d_name[0] == '.') continue;
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s", argv[1], entry->d_name);
    failed += replay(path);
    files++;
  }
  closedir(folder);
  printf("%d inputs replayed\n", files);
  return failed > 0 || files == 0;
}
