# Writes the manual page of a C header, in roff's man macros: its first comment is the description, each other comment
# goes with the declarations under it. Usage: awk -v name=membench.h -v version=0.2.0 -f header-manual.awk HEADER
#
# With -v list=1 it prints only the names of the functions, a line each: for the pages that lead to this one.

function escape(text) {
    gsub(/\\/, "\\e", text)
    gsub(/-/, "\\-", text)
    if (text ~ /^[.']/)
        text = "\\&" text
    return text
}

function print_comment(text,    lines, count, i, line, is_drawn) {
    count = split(text, lines, "\n")
    is_drawn = 0
    for (i = 1; i <= count; i++) {
        line = lines[i]
        if ((line ~ /^    /) != is_drawn) {
            print is_drawn ? ".fi" : ".nf"
            is_drawn = !is_drawn
        }
        if (line == "")
            print ".PP"
        else
            print escape(line)
    }
    if (is_drawn)
        print ".fi"
}

function function_name(text) {
    if (text ~ /[{}]/ && text !~ /^static inline/)
        return ""
    if (!match(text, /mb_[a-z_0-9]+\(/) || text ~ /^#/ || text ~ /^typedef/)
        return ""
    return substr(text, RSTART, RLENGTH - 1)
}

# What a reader of the page needs of a declaration: not the body of an inline function, nor what only compilers read.
function shown(text) {
    if (text ~ /^static inline/)
        sub(/\n\{.*/, ";", text)
    gsub(/MB_NODISCARD |MB_UNCHANGING |MB_UNREAD\([0-9]\) /, "", text)
    gsub(/ MB_ZERO| MB_DEFAULT\([a-z_]+(\([a-z_]+\))?\)/, "", text)
    gsub(/ MB_PRINTF\([0-9], [0-9]\)/, "", text)
    gsub(/[ \t]+\\(\n|$)/, "\n", text)
    return text
}

# A comment without a declaration is a section of its own: its title ends at the first full stop or colon.
function print_section(text) {
    if (!match(text, /^[^.:]+[.:][ \n]/))
        return
    print ".SS " escape(substr(text, 1, RLENGTH - 2))
    print_comment(substr(text, RLENGTH + 1))
}

function flush_block(    name) {
    if (declaration == "" && comment != "" && !list)
        print_section(comment)
    if (declaration != "" && declaration !~ /^#(ifn?def|if|endif|else|include|define [A-Z_]+_H)/ && declaration !~ /^(extern "C"|})/) {
        name = function_name(declaration)
        if (list) {
            if (name != "")
                print name
        } else {
            print ".SS " (name != "" ? name : title(declaration))
            print ".nf"
            print escape_lines(shown(declaration))
            print ".fi"
            if (comment != "") {
                print ".PP"
                print_comment(comment)
            }
        }
    }
    declaration = ""
    comment = ""
}

function title(text,    words) {
    if (match(text, /^#define [A-Z_]+/))
        return substr(text, 9, RLENGTH - 8)
    if (match(text, /^typedef (enum|struct) mb_[a-z_]+/)) {
        split(substr(text, RSTART, RLENGTH), words, " ")
        return words[3]
    }
    return text !~ /^enum/ ? "Declarations" : text ~ /<</ ? "Flags" : "Limits"
}

function escape_lines(text,    lines, count, i, result) {
    count = split(text, lines, "\n")
    for (i = 1; i <= count; i++)
        if (lines[i] != "")
            result = result (result == "" ? "" : "\n") "\\&" escape(lines[i])
    return result
}

function strip(line) {
    sub(/ ?\*\/$/, "", line)
    sub(/^\/\* ?/, "", line)
    sub(/^ \* ?/, "", line)
    return line
}

/^\/\*/ && declaration == "" { in_comment = 1; comment = ""; is_whole = $0 ~ /\*\/$/ }
in_comment {
    text = strip($0)
    if (!(text == "" && $0 ~ /\*\/$/))
        comment = comment (comment == "" ? "" : "\n") text
    if ($0 ~ /\*\/$/)
        in_comment = 0
    next
}
!began {
    began = 1
    if (!list) {
        summary = comment
        sub(/\n.*/, "", summary)
        sub(/^[a-z.]+: /, "", summary)
        sub(/\.$/, "", summary)
        head = toupper(name)
        print ".TH " escape(head) " 3 \"\" \"membench " version "\" \"Library Functions Manual\""
        print ".SH NAME\n" name " \\- " escape(summary)
        print ".SH SYNOPSIS\n.nf\n.B #include <membench/" name ">\n.PP\ncc $(pkg\\-config \\-\\-cflags membench) ... $(pkg\\-config \\-\\-libs membench)\n.fi"
        print ".SH DESCRIPTION"
        body = comment
        sub(/^[^\n]*\n\n?/, "", body)
        print_comment(body)
        print ".SH DECLARATIONS"
    }
    comment = ""
}
/^$/ { if (!in_body) flush_block(); next }
{
    if ($0 ~ /^{/) in_body = 1
    declaration = declaration (declaration == "" ? "" : "\n") $0
    if ($0 ~ /^}/) in_body = 0
}
END {
    flush_block()
    if (!list)
        print ".SH SEE ALSO\n.BR membench (1)"
}
