/* model_serve.h - the model of the store as a program that speaks Redis' protocol on stdin and stdout, so that one
 * script can be run against it and against the real functions (tests/e2e/test_conformance.py).
 *
 * Beside the model's own commands: CLOCK ms sets its clock, FLUSHALL empties it, LIBRARY answers name of the functions'
 * prefix and text, DUMP answers everything: an array for each key, of the key, its type as TYPE calls it, and its
 * items: string; field and value; item; member; member and score; entry id and fact. */
#ifndef YZ_SIM_MODEL_SERVE_H
#define YZ_SIM_MODEL_SERVE_H

/* Until the end of stdin. */
void model_serve(void);

#endif
