/*
 * A store around any other whose n-th call fails, or is when a signal comes: how tests reach every
 * error path of storage, and every moment of a run.
 * Only test programs link it.
 */
#ifndef SP_STORE_FAULTY_H
#define SP_STORE_FAULTY_H

#include "store.h"

/* Fails the n-th call from now on (1: the next one; 0: none) with this code. */
void sp_faulty_set(unsigned long n, enum sp_code code);

/* Raises this signal in the n-th call, which then goes on, instead of failing it. */
void sp_faulty_set_signal(unsigned long n, int number);

/* Calls counted since sp_faulty_set(). */
unsigned long sp_faulty_calls(void);

/* Takes `store` over; fits sp_store_wrap. */
struct sp_store *sp_store_faulty_new(struct sp_store *store);

#endif
