#include "command.h"

int main(int argc, char **argv)
{
	return sp_main(argc, argv);
}
