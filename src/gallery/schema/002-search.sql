-- Search by any three letters in a row, in what a person typed and what the picture says about its making. The text is
-- folded to one case by the program, so that every script is found in any case. It has a table of its own: narrow
-- rows are read through fast where a word is too short for the index.
CREATE TABLE picture_search (
    id   INTEGER PRIMARY KEY REFERENCES pictures (id) ON DELETE CASCADE,
    text TEXT NOT NULL
);
INSERT INTO picture_search (id, text)
    SELECT id, lower(CASE WHEN instr(parameters, prompt) AND instr(parameters, negative_prompt) THEN parameters
                     ELSE prompt || char(10) || negative_prompt || char(10) || parameters END) FROM pictures;
CREATE VIRTUAL TABLE picture_text USING fts5 (
    text, content = 'picture_search', content_rowid = 'id', tokenize = 'trigram'
);
INSERT INTO picture_text (picture_text) VALUES ('rebuild');
CREATE TRIGGER picture_text_insert AFTER INSERT ON picture_search BEGIN
    INSERT INTO picture_text (rowid, text) VALUES (new.id, new.text);
END;
CREATE TRIGGER picture_text_delete AFTER DELETE ON picture_search BEGIN
    INSERT INTO picture_text (picture_text, rowid, text) VALUES ('delete', old.id, old.text);
END;
CREATE TRIGGER picture_text_update AFTER UPDATE ON picture_search BEGIN
    INSERT INTO picture_text (picture_text, rowid, text) VALUES ('delete', old.id, old.text);
    INSERT INTO picture_text (rowid, text) VALUES (new.id, new.text);
END;
