# Draws src/rooms.txt: a room stands one floor above the highest room that it may include. The numbers show the way
# of one image, from prompt to file.
function trimmed(text) { gsub(/^[ \t]+|[ \t]+$/, "", text); return text }
function escaped(text) { gsub(/&/, "\\&amp;", text); gsub(/</, "\\&lt;", text); return text }
/^#/ || NF != 4 { next }
{
    room = trimmed($1)
    below = trimmed($2)
    floor[room] = 0
    n = split(below, names, / +/)
    for (i = 1; i <= n; ++i)
        if (floor[names[i]] + 1 > floor[room]) floor[room] = floor[names[i]] + 1
    column[room] = count[floor[room]]++
    library[room] = trimmed($3)
    holds[room] = trimmed($4)
    includes[room] = below
    rooms[++total] = room
    if (floor[room] > top) top = floor[room]
    if (count[floor[room]] > widest) widest = count[floor[room]]
}
END {
    width = 248; height = 92; gapX = 14; gapY = 30; margin = 16
    if (widest < 4) widest = 4
    W = 2 * margin + widest * (width + gapX) - gapX
    H = 2 * margin + (top + 1) * (height + gapY) - gapY + 130
    printf "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\">\n", W, H
    printf "<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>\n", W, H
    for (i = 1; i <= total; ++i) {
        room = rooms[i]
        x = margin + column[room] * (width + gapX)
        y = margin + (top - floor[room]) * (height + gapY)
        fill = library[room] == "torch" ? "#fdeedd" : library[room] == "qt" ? "#e6f0dc" : library[room] == "opencv" ? "#e3ecf7" : "#f3f3f3"
        printf "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"6\" fill=\"%s\" stroke=\"#555555\"/>\n", x, y, width, height, fill
        printf "<text x=\"%d\" y=\"%d\" font-size=\"15\" font-weight=\"bold\" fill=\"#222222\">%s</text>\n", x + 10, y + 21, room
        if (library[room] != "")
            printf "<text x=\"%d\" y=\"%d\" font-size=\"11\" text-anchor=\"end\" fill=\"#777777\">%s</text>\n", x + width - 10, y + 20, library[room]
        printf "<text x=\"%d\" y=\"%d\" font-size=\"11.5\" fill=\"#222222\">%s</text>\n", x + 10, y + 39, escaped(holds[room])
        line = ""; drawn = 0
        n = split(includes[room], names, / +/)
        for (k = 1; k <= n; ++k) {
            if (length(line names[k]) > 40) {
                printf "<text x=\"%d\" y=\"%d\" font-size=\"10\" fill=\"#777777\">%s</text>\n", x + 10, y + 55 + 12 * drawn++, line
                line = ""
            }
            line = line (line == "" ? (drawn ? "" : "\342\206\223 ") : " ") names[k]
        }
        if (line != "")
            printf "<text x=\"%d\" y=\"%d\" font-size=\"10\" fill=\"#777777\">%s</text>\n", x + 10, y + 55 + 12 * drawn, line
    }
    split("prompt;widgets|request;generation|job;jobs|token ids;tokenizer|embedding;networks|noise, steps;diffusion|latent;pipeline|image;networks|file;image_files|index;gallery", way, "|")
    y = H - 116
    printf "<text x=\"%d\" y=\"%d\" font-size=\"15\" font-weight=\"bold\" fill=\"#222222\">From prompt to image</text>\n", margin, y
    step = (W - 2 * margin) / 10
    for (k = 1; k <= 10; ++k) {
        split(way[k], pair, ";")
        if (!(pair[2] in floor)) { print "the way leads through no room " pair[2] > "/dev/stderr"; exit 1 }
        x = margin + (k - 1) * step
        printf "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"52\" rx=\"6\" fill=\"#ffffff\" stroke=\"#b3541e\"/>\n", x, y + 20, step - 22
        printf "<text x=\"%.1f\" y=\"%d\" font-size=\"12.5\" fill=\"#222222\" text-anchor=\"middle\">%s</text>\n", x + (step - 22) / 2, y + 42, pair[1]
        printf "<text x=\"%.1f\" y=\"%d\" font-size=\"11\" fill=\"#777777\" text-anchor=\"middle\">%s</text>\n", x + (step - 22) / 2, y + 60, pair[2]
        if (k < 10)
            printf "<path d=\"M%.1f %d h12 m-5 -4 l5 4 l-5 4\" fill=\"none\" stroke=\"#b3541e\"/>\n", x + step - 19, y + 46
    }
    print "</svg>"
}
