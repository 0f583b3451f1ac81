import Domain

extension Report {
    var json: JSONValue {
        .fields([
            ("from", .time(from)), ("to", .time(to)),
            (
                "counts",
                .fields(Standing.allCases.map { ($0.rawValue, .whole(entries($0).count)) })
            ),
            ("iterations", .whole(iterations)), ("costUSD", .dollars(usage.cost)),
            ("costIsComplete", .flag(usage.isCostComplete)), ("tokens", .whole(usage.tokens)),
            ("tasks", .list(entries.map(\.json))),
        ])
    }
}

extension Report.Entry {
    fileprivate var json: JSONValue {
        .fields([
            ("id", .text(id.rawValue)), ("name", .text(name)), ("standing", .text(standing.rawValue)),
            ("status", .text(status.rawValue)), ("reason", .text(reason?.code)), ("message", .text(sentence)),
            ("hint", .text(hint)), ("iterations", .whole(iterations)), ("costUSD", .dollars(usage.cost)),
            ("tokens", .whole(usage.tokens)), ("branch", .text(branch)),
            ("merged", merged.map(\.json) ?? .null), ("updatedAt", .time(updatedAt)),
        ])
    }
}

extension MergedWork {
    fileprivate var json: JSONValue {
        .fields([
            ("contract", .text(contract)), ("target", .text(target)), ("commit", .text(commit)),
            ("checked", .flag(isChecked)),
        ])
    }
}
