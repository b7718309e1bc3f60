/* Work in several threads at once, where each calls BLAS for itself. */
#ifndef BILENS_NUM_PARALLEL_H
#define BILENS_NUM_PARALLEL_H

#include <stddef.h>

/* As many as BLAS computes with. */
size_t parallel_lanes(void);
/* Calls work(context, lane) for each lane from 0 on, lane 0 in the calling thread, and waits for
 * all of them. BLAS has one thread for each meanwhile. All work for the caller's task, and may ask
 * whether to go on; only lane 0 may say how far it is. A thread that cannot be had is done without,
 * so that lanes take their work from one list, and lane 0 can do all of it. */
void parallel_run(size_t lanes, void (*work)(void *context, size_t lane), void *context);

#endif
