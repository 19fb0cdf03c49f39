#include "judge/finding_kinds.h"

static const mb_finding_kind_info kinds[MB_FINDING_KIND_COUNT] = {
#define INFO(KIND, WHEN, ...) [MB_FINDING_##KIND] = {__VA_ARGS__},
    MB_FINDING_KINDS(INFO)
#undef INFO
};

const mb_finding_kind_info *mb_finding_kind_get(mb_finding_kind kind) { return &kinds[kind]; }

const char *mb_finding_kind_name(mb_finding_kind kind) { return kinds[kind].name; }

mb_role mb_verdict_role(mb_verdict verdict)
{
    for (int kind = 0; kind < MB_FINDING_KIND_COUNT && verdict != 0; kind++)
        if (kinds[kind].of_verdict == verdict)
            return kinds[kind].role;
    return MB_ROLE_PLAIN;
}
