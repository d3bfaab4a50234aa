// Provides k6's global open(), which the scripts call during init: node --import ./tests/k6/k6-globals.js --test …

import { readFileSync } from 'node:fs';

globalThis.open = (path) => readFileSync(path, 'utf8');
