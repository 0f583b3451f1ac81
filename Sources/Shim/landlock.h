#pragma once

// Restricts this process, and what it starts, by Landlock: it writes only beneath `paths` and what every sandbox may write,
// reaches no abstract socket and signals no process but its own. Does what the kernel knows of it, and nothing where that is
// too old.
void restrict_writes(char *const *paths, int count);
