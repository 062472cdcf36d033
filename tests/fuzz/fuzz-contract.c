/* Contracts: read, compared with each other, never believed. */
#include <stdint.h>

#include "contract-internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void compare_values(const cJSON *document)
{
	const cJSON *op, *state, *before = NULL;

	cJSON_ArrayForEach(op, cJSON_GetObjectItemCaseSensitive(document, "operators"))
	{
		cJSON_ArrayForEach(state, cJSON_GetObjectItemCaseSensitive(op, "keyed_states"))
		{
			const cJSON *value = cJSON_GetObjectItemCaseSensitive(state, "value");
			sp_auto_buffer why = { 0 };

			if (!cJSON_IsObject(value))
				continue;
			if (before != NULL)
				sp_contract_compare(before, value, &why);
			before = value;
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	sp_auto(sp_contract) *contract = NULL;
	struct sp_error err;

	if (sp_contract_parse(sp_slice(data, size), "fuzz", &contract, &err) == 0)
		compare_values(contract->document);
	return 0;
}
