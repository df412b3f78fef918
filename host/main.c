#include "cli.h"

#include <stdlib.h>

int main(int argc, char **argv)
{
    exit(cli_main(argc, argv));
}
