#ifndef CDASHBOARD_H
#define CDASHBOARD_H

#include <stddef.h>

/// A file of the dashboard, as it is served.
typedef struct {
    const char *name;
    const unsigned char *bytes;
    size_t count;
} MakimaDashboardFile;

/// The file at `index` from 0; NULL behind the last one.
const MakimaDashboardFile *makima_dashboard_file(size_t index);

#endif
