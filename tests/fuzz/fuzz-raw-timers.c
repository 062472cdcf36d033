/*
 * The reader of raw keyed timers on hostile bytes. The input is the data stream of a handle; where
 * its key groups lie is said by its last bytes: how many there are, and a big-endian i16 offset
 * each.
 */
#include "fuzz.h"
#include "raw-timers.h"

#define GROUPS_MAX 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sp_source source = { .metadata_path = (char *)(uintptr_t) "fuzz" };
	int64_t offsets[GROUPS_MAX];
	struct sp_keyed_handle handle = {
		.code = SP_KEYED_KEY_GROUPS_V2, .start = 3, .offsets = offsets
	};
	size_t n = size == 0 ? 0 : data[size - 1] % (GROUPS_MAX + 1);
	sp_auto(sp_raw_timers) *timers = NULL;
	sp_auto_buffer first = { 0 };
	struct sp_raw_timer timer;
	struct sp_error err;

	if (size < 1 + 2 * n)
		return 0;
	handle.count = (int32_t)n;
	for (size_t i = 0; i < n; i++)
		offsets[i] = (int16_t)sp_get_be16(data + size - 1 - 2 * (n - i));
	handle.data = (struct sp_handle){ .code = SP_HANDLE_BYTES,
		.data = sp_slice(data, size - 1 - 2 * n) };
	if (sp_raw_timers_open(&source, &handle, &timers, &err) <= 0)
		return 0;
	while (sp_raw_timers_next(timers, &timer, &err) > 0)
		if (timer.key_group - 3 >= n || timer.key_type == NULL || timer.ns_type == NULL)
			sp_abort("a timer that cannot be");
	sp_raw_timers_free(sp_steal(timers));
	if (sp_raw_timers_open(&source, &handle, &timers, &err) <= 0)
		sp_abort("timers that are none any more");
	while (sp_raw_timers_next_service(timers, &timer, &err) > 0) {
		if (timer.key_group - 3 >= n || timer.key_type == NULL || timer.ns_type == NULL)
			sp_abort("a service that cannot be");
		if (first.n == 0)
			sp_buffer_bytes(&first, timer.head);
		if (!sp_raw_timers_same_head(timer.version, timer.head, timer.head))
			sp_abort("a head that is another");
		sp_raw_timers_same_head(timer.version, sp_buffer_slice(&first), timer.head);
	}
	return 0;
}
