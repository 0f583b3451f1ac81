#include "CDashboard.h"

// The files themselves become part of the program: it serves its pages from wherever it lies. `#embed` is of C23, which the
// compiler knows in every mode.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char actions_js[] = {
#embed "web/actions.js"
};
static const unsigned char agents_js[] = {
#embed "web/agents.js"
};
static const unsigned char api_js[] = {
#embed "web/api.js"
};
static const unsigned char app_js[] = {
#embed "web/app.js"
};
static const unsigned char base_css[] = {
#embed "web/base.css"
};
static const unsigned char board_js[] = {
#embed "web/board.js"
};
static const unsigned char checks_js[] = {
#embed "web/checks.js"
};
static const unsigned char contract_js[] = {
#embed "web/contract.js"
};
static const unsigned char contracts_js[] = {
#embed "web/contracts.js"
};
static const unsigned char contractstore_js[] = {
#embed "web/contractstore.js"
};
static const unsigned char daemons_js[] = {
#embed "web/daemons.js"
};
static const unsigned char diff_js[] = {
#embed "web/diff.js"
};
static const unsigned char diffview_js[] = {
#embed "web/diffview.js"
};
static const unsigned char dom_js[] = {
#embed "web/dom.js"
};
static const unsigned char family_js[] = {
#embed "web/family.js"
};
static const unsigned char history_js[] = {
#embed "web/history.js"
};
static const unsigned char icon_svg[] = {
#embed "web/icon.svg"
};
static const unsigned char index_html[] = {
#embed "web/index.html"
};
static const unsigned char list_js[] = {
#embed "web/list.js"
};
static const unsigned char log_css[] = {
#embed "web/log.css"
};
static const unsigned char log_js[] = {
#embed "web/log.js"
};
static const unsigned char login_js[] = {
#embed "web/login.js"
};
static const unsigned char logview_js[] = {
#embed "web/logview.js"
};
static const unsigned char model_js[] = {
#embed "web/model.js"
};
static const unsigned char new_js[] = {
#embed "web/new.js"
};
static const unsigned char newcontract_js[] = {
#embed "web/newcontract.js"
};
static const unsigned char output_js[] = {
#embed "web/output.js"
};
static const unsigned char pages_css[] = {
#embed "web/pages.css"
};
static const unsigned char parts_css[] = {
#embed "web/parts.css"
};
static const unsigned char plan_js[] = {
#embed "web/plan.js"
};
static const unsigned char progress_js[] = {
#embed "web/progress.js"
};
static const unsigned char questions_js[] = {
#embed "web/questions.js"
};
static const unsigned char raw_js[] = {
#embed "web/raw.js"
};
static const unsigned char report_js[] = {
#embed "web/report.js"
};
static const unsigned char settings_js[] = {
#embed "web/settings.js"
};
static const unsigned char status_js[] = {
#embed "web/status.js"
};
static const unsigned char store_js[] = {
#embed "web/store.js"
};
static const unsigned char task_css[] = {
#embed "web/task.css"
};
static const unsigned char task_js[] = {
#embed "web/task.js"
};
static const unsigned char tasktree_js[] = {
#embed "web/tasktree.js"
};
static const unsigned char text_js[] = {
#embed "web/text.js"
};
static const unsigned char timeline_js[] = {
#embed "web/timeline.js"
};
static const unsigned char tools_js[] = {
#embed "web/tools.js"
};
static const unsigned char waits_js[] = {
#embed "web/waits.js"
};

#define FILE_OF(name, symbol) {name, symbol, sizeof symbol}

static const MakimaDashboardFile files[] = {
    FILE_OF("actions.js", actions_js),
    FILE_OF("agents.js", agents_js),
    FILE_OF("api.js", api_js),
    FILE_OF("app.js", app_js),
    FILE_OF("base.css", base_css),
    FILE_OF("board.js", board_js),
    FILE_OF("checks.js", checks_js),
    FILE_OF("contract.js", contract_js),
    FILE_OF("contracts.js", contracts_js),
    FILE_OF("contractstore.js", contractstore_js),
    FILE_OF("daemons.js", daemons_js),
    FILE_OF("diff.js", diff_js),
    FILE_OF("diffview.js", diffview_js),
    FILE_OF("dom.js", dom_js),
    FILE_OF("family.js", family_js),
    FILE_OF("history.js", history_js),
    FILE_OF("icon.svg", icon_svg),
    FILE_OF("index.html", index_html),
    FILE_OF("list.js", list_js),
    FILE_OF("log.css", log_css),
    FILE_OF("log.js", log_js),
    FILE_OF("login.js", login_js),
    FILE_OF("logview.js", logview_js),
    FILE_OF("model.js", model_js),
    FILE_OF("new.js", new_js),
    FILE_OF("newcontract.js", newcontract_js),
    FILE_OF("output.js", output_js),
    FILE_OF("pages.css", pages_css),
    FILE_OF("parts.css", parts_css),
    FILE_OF("plan.js", plan_js),
    FILE_OF("progress.js", progress_js),
    FILE_OF("questions.js", questions_js),
    FILE_OF("raw.js", raw_js),
    FILE_OF("report.js", report_js),
    FILE_OF("settings.js", settings_js),
    FILE_OF("status.js", status_js),
    FILE_OF("store.js", store_js),
    FILE_OF("task.css", task_css),
    FILE_OF("task.js", task_js),
    FILE_OF("tasktree.js", tasktree_js),
    FILE_OF("text.js", text_js),
    FILE_OF("timeline.js", timeline_js),
    FILE_OF("tools.js", tools_js),
    FILE_OF("waits.js", waits_js),
};

const MakimaDashboardFile *makima_dashboard_file(size_t index) {
    return index < sizeof files / sizeof files[0] ? &files[index] : NULL;
}
