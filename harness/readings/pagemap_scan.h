/* pagemap_scan.h: first try of the PAGEMAP_SCAN ioctl, for mb_reader_open. */
#ifndef MEMBENCH_READINGS_PAGEMAP_SCAN_H
#define MEMBENCH_READINGS_PAGEMAP_SCAN_H

#include "readings/readings.h"

/* Finds the highest end address the kernel accepts and fills reader->scan_end, or reader->scan_error. */
void mb_pagemap_scan_probe(mb_reader *reader);

#endif
