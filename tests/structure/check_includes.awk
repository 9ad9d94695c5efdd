# First src/rooms.txt, then lines FILE:LINE:#include … . Prints each include that points where it may not.
function trimmed(text) { gsub(/^[ \t]+|[ \t]+$/, "", text); return text }
function libraryOf(header) {
    if (header ~ /^(ATen|torch|c10)\//) return "torch"
    if (header ~ /^opencv2\//) return "opencv"
    if (header ~ /^Q[A-Z]/ || header ~ /^Qt/) return "qt"
    return ""
}
FNR == NR {
    if ($0 !~ /^#/ && split($0, column, "|") == 4) {
        room = trimmed(column[1])
        known[room] = 1
        n = split(trimmed(column[2]), names, / +/)
        for (i = 1; i <= n; ++i) {
            if (!(names[i] in known)) {
                print "src/rooms.txt: " room " may not include " names[i] ", which does not come before it"
                failed = 1
            }
            may[room, names[i]] = 1
        }
        n = split(trimmed(column[3]), names, / +/)
        for (i = 1; i <= n; ++i) uses[room, names[i]] = 1
        may[room, room] = 1
    }
    next
}
{
    split($0, part, ":")
    split(part[1], path, "/")
    room = path[2]
    if (match($0, /"[^"]+"/)) {
        header = substr($0, RSTART + 1, RLENGTH - 2)
        target = header
        sub(/\/.*/, "", target)
        if (header !~ /^ui_/ && header !~ /\.moc$/ && !((room, target) in may)) {
            print part[1] ":" part[2] ": " room " may not include " header
            failed = 1
        }
    } else if (match($0, /<[^>]+>/)) {
        library = libraryOf(substr($0, RSTART + 1, RLENGTH - 2))
        if (library != "" && !((room, library) in uses)) {
            print part[1] ":" part[2] ": " room " may not use " library
            failed = 1
        }
    }
    ++seen
}
END {
    if (seen < 1000) { print "only " seen + 0 " includes were seen"; failed = 1 }
    exit failed
}
