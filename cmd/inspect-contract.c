#include "contract.h"
#include "inspect.h"

int sp_inspect_contract(struct sp_source *source, struct sp_error *err)
{
	sp_auto(sp_contract) *contract = NULL;
	cJSON *document;

	if (sp_contract_of(source, &contract, err) < 0)
		return err->code;
	document = contract->document;
	contract->document = NULL;
	sp_json_print(document, stdout);
	return 0;
}
