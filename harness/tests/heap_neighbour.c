/* A library that a user preloads for reasons of their own: it has to survive the hook's leaving, and its constructor,
 * which runs before the hook's, takes all those thread keys that cost no allocation. */
#include <pthread.h>

__attribute__((constructor)) static void take_keys(void)
{
    pthread_key_t key;
    for (int i = 0; i < 40; i++)
        pthread_key_create(&key, NULL);
}
