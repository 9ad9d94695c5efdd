/* The merges that clip_vocabulary.cpp reads, as they stand in the file, and one zero byte behind them. */
    .section .rodata
    .global unfog_clip_merges
    .global unfog_clip_merges_end
unfog_clip_merges:
    .incbin UNFOG_CLIP_MERGES_FILE
unfog_clip_merges_end:
    .byte 0
    .section .note.GNU-stack, "", %progbits
