/* What is to be touched is touched before the program begins, not in a window. */
#include "chance/chance.h"

__attribute__((constructor(101))) static void prepare(void) { mb_chance_init(); }
