/* main.c - the process around the program. */
#include "commands.h"

int main(int argc, char **argv)
{
    return (int)program(argc, argv);
}
