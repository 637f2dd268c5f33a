/* commands.h - the subcommands of `yz`. argv[0] is the subcommand's name; what is returned is the exit code:
 * 0 done, 1 something in the input failed, 2 wrong usage. */
#ifndef YZ_CLI_COMMANDS_H
#define YZ_CLI_COMMANDS_H

/* yz policy check|show|diff: packs, for people who answer for them. */
int policy_command(int argc, char **argv);
/* yz settle FILE: bills settled offline, by the code that settles in production. */
int settle_command(int argc, char **argv);
/* yz golden PATH...: golden cases. */
int golden_command(int argc, char **argv);
/* yz send BOOK...: people and bills to a running suite, over its API. */
int send_command(int argc, char **argv);
/* yz audit --redis URL: a whole store beside its journal and the rules. */
int audit_command(int argc, char **argv);
/* yz keys DIR: CURVE keys of the bus. */
int keys_command(int argc, char **argv);
/* yz trace ID PATH...: one request's way through the logs. */
int trace_command(int argc, char **argv);
/* yz doctor [URL]...: what is wrong with a running suite, and what to do. */
int doctor_command(int argc, char **argv);
/* yz top [URL]: what a gateway does now. */
int top_command(int argc, char **argv);
/* yz health URL: 0 when it answers 200. */
int health_command(int argc, char **argv);

#endif
