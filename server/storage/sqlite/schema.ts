/** One script a version; `user_version` counts how many have run. A released script is never changed. */
export const migrations: readonly string[] = [
  `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

  CREATE TABLE users (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, animal TEXT NOT NULL, pen INTEGER NOT NULL, created_at INTEGER NOT NULL
  ) WITHOUT ROWID;

  CREATE TABLE projects (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, template TEXT NOT NULL, created_at INTEGER NOT NULL,
    settings TEXT NOT NULL, training TEXT NOT NULL, training_paused INTEGER NOT NULL, owner_link_hash TEXT,
    drawing_seq INTEGER NOT NULL DEFAULT 0
  ) WITHOUT ROWID;

  CREATE TABLE codes (
    code TEXT PRIMARY KEY, project_id TEXT NOT NULL REFERENCES projects, role TEXT NOT NULL,
    active INTEGER NOT NULL, used_at INTEGER NOT NULL, UNIQUE (project_id, role)
  ) WITHOUT ROWID;

  CREATE TABLE members (
    project_id TEXT NOT NULL REFERENCES projects, user_id TEXT NOT NULL, role TEXT NOT NULL, joined_at INTEGER NOT NULL,
    PRIMARY KEY (project_id, user_id)
  ) WITHOUT ROWID;
  CREATE INDEX members_by_user ON members (user_id, joined_at);

  CREATE TABLE classes (
    id TEXT PRIMARY KEY, project_id TEXT NOT NULL REFERENCES projects, name TEXT NOT NULL, name_key TEXT NOT NULL,
    number INTEGER NOT NULL, removed INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX classes_by_project ON classes (project_id, number);
  CREATE UNIQUE INDEX class_names ON classes (project_id, name_key) WHERE removed = 0;
  CREATE UNIQUE INDEX class_numbers ON classes (project_id, number) WHERE removed = 0;

  CREATE TABLE canvases (
    id TEXT PRIMARY KEY, project_id TEXT NOT NULL REFERENCES projects, generation INTEGER NOT NULL, owner_id TEXT,
    name TEXT NOT NULL, open_to TEXT NOT NULL, created_at INTEGER NOT NULL, deleted INTEGER NOT NULL,
    position INTEGER NOT NULL DEFAULT 0
  ) WITHOUT ROWID;
  CREATE INDEX canvases_by_project ON canvases (project_id, created_at);
  CREATE TABLE canvas_snapshots (
    canvas_id TEXT PRIMARY KEY REFERENCES canvases, position INTEGER NOT NULL, bytes BLOB NOT NULL
  );
  CREATE TABLE canvas_updates (
    canvas_id TEXT NOT NULL REFERENCES canvases, position INTEGER NOT NULL, bytes BLOB NOT NULL,
    PRIMARY KEY (canvas_id, position)
  );
  CREATE TABLE canvas_clients (
    canvas_id TEXT NOT NULL REFERENCES canvases, client_id INTEGER NOT NULL, user_id TEXT NOT NULL,
    PRIMARY KEY (canvas_id, client_id)
  ) WITHOUT ROWID;

  CREATE TABLE drawings (
    id TEXT PRIMARY KEY, project_id TEXT NOT NULL REFERENCES projects, canvas_id TEXT NOT NULL, page_id TEXT NOT NULL,
    contributor_ids TEXT NOT NULL, split TEXT NOT NULL, at INTEGER NOT NULL, withdrawn INTEGER NOT NULL,
    class_id TEXT, to_sort INTEGER NOT NULL, seq INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE UNIQUE INDEX drawings_by_seq ON drawings (project_id, seq);
  CREATE INDEX drawings_by_page ON drawings (canvas_id, page_id, seq);
  CREATE INDEX drawings_by_class ON drawings (project_id, class_id, seq) WHERE withdrawn = 0 AND class_id IS NOT NULL;
  CREATE INDEX drawings_to_sort ON drawings (project_id, seq) WHERE withdrawn = 0 AND to_sort = 1;
  CREATE TABLE drawing_strokes (drawing_id TEXT PRIMARY KEY REFERENCES drawings, bytes BLOB NOT NULL);
  CREATE TABLE drawing_keys (
    project_id TEXT NOT NULL REFERENCES projects, key TEXT NOT NULL, drawing_id TEXT NOT NULL REFERENCES drawings,
    PRIMARY KEY (project_id, key)
  ) WITHOUT ROWID;
  CREATE TABLE opinions (
    drawing_id TEXT NOT NULL REFERENCES drawings, number INTEGER NOT NULL, class_id TEXT, user_id TEXT NOT NULL,
    at INTEGER NOT NULL, key TEXT NOT NULL, PRIMARY KEY (drawing_id, number)
  ) WITHOUT ROWID;
  CREATE TABLE drawing_counts (
    project_id TEXT NOT NULL REFERENCES projects, pile TEXT NOT NULL, split TEXT NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (project_id, pile, split)
  ) WITHOUT ROWID;

  CREATE TABLE predictions (
    number INTEGER PRIMARY KEY AUTOINCREMENT, project_id TEXT NOT NULL, at INTEGER NOT NULL, prediction TEXT NOT NULL,
    class_ids TEXT NOT NULL, drawing_id TEXT
  );
  CREATE INDEX predictions_by_project ON predictions (project_id, number);
  CREATE TABLE accuracy (
    number INTEGER PRIMARY KEY AUTOINCREMENT, project_id TEXT NOT NULL, at INTEGER NOT NULL, step INTEGER NOT NULL,
    share REAL NOT NULL, low REAL NOT NULL, high REAL NOT NULL, kind TEXT NOT NULL
  );
  CREATE INDEX accuracy_by_project ON accuracy (project_id, number);

  CREATE TABLE checkpoints (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, project_id TEXT NOT NULL, at INTEGER NOT NULL,
    step INTEGER NOT NULL, reason TEXT NOT NULL, checksum TEXT NOT NULL, bytes INTEGER NOT NULL,
    pinned INTEGER NOT NULL, accuracy REAL
  );
  CREATE INDEX checkpoints_by_project ON checkpoints (project_id, number);
  CREATE TABLE checkpoint_chunks (
    checkpoint_id TEXT NOT NULL, number INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (checkpoint_id, number)
  );
  `,
  `
  ALTER TABLE projects ADD COLUMN hand TEXT NOT NULL DEFAULT
    '{"frozenAll":false,"frozenCanvasIds":[],"labelsLocked":false,"namesHidden":false,"lobby":false,"ended":false}';
  `,
  `
  ALTER TABLE checkpoints ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
  ALTER TABLE checkpoints ADD COLUMN name TEXT;
  ALTER TABLE checkpoints ADD COLUMN accuracy_kind TEXT;
  ALTER TABLE checkpoints ADD COLUMN loss REAL;
  ALTER TABLE checkpoints ADD COLUMN trained_to INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE checkpoints ADD COLUMN class_ids TEXT NOT NULL DEFAULT '[]';
  ALTER TABLE checkpoints ADD COLUMN from_id TEXT;
  `,
]
