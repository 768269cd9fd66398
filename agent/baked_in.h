/*
 * What an image of the agent holds beside the program: `install` copies it, and `run` uses it where its options say
 * nothing else. Whoever can write there can replace the program too, so trusting a key that lies there gives nothing away.
 */
#ifndef TERCEL_AGENT_BAKED_IN_H
#define TERCEL_AGENT_BAKED_IN_H

#include <stddef.h>

#define BAKED_IN_PROGRAM "tercel-agent"
#define BAKED_IN_BUNDLE "bundle.tcb" /* the rules to begin with */
#define BAKED_IN_TRUST "trust.pub"   /* keys whose bundles are taken; there may be several in it */

/* The folder of the program that runs, without a slash at its end unless it is the root. 0 or a negative errno. */
int baked_in_directory(char *path, size_t path_bytes);

/* The path of `name` in that folder, where there is such a file. 0, -ENOENT, or another negative errno. */
int baked_in_file(const char *name, char *path, size_t path_bytes);

#endif
