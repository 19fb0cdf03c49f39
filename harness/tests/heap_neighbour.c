/* A library that a user preloads for reasons of their own: it has to survive the hook's leaving. */
int heap_neighbour(void);
int heap_neighbour(void) { return 1; }
