#include "sst.h"

#define MAGIC_LEGACY UINT64_C(0xdb4775248b80fb57) /* kLegacyBlockBasedTableMagicNumber */

static uint64_t get_le(const uint8_t *p, int n)
{
	uint64_t v = 0;

	while (n-- > 0)
		v = v << 8 | p[n];
	return v;
}

int sp_sst_footer_read(struct sp_file *file, struct sp_sst_footer *ret, struct sp_error *err)
{
	uint8_t footer[SP_SST_FOOTER_BYTES];

	if (sp_file_read(file, file->size - sizeof(footer), footer, sizeof(footer), err) < 0)
		return err->code;
	ret->magic = get_le(footer + 4, 8);
	ret->table = ret->magic == SP_SST_MAGIC || ret->magic == MAGIC_LEGACY;
	ret->version = ret->magic == SP_SST_MAGIC ? (uint32_t)get_le(footer, 4) : 0;
	return 0;
}
