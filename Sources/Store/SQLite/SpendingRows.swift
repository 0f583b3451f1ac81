import Domain
import GRDB

/// Rows of what iterations have spent; they outlive their tasks.
enum SpendingRows {
    private static let amounts = ["cost", "tokens", "unpriced", "priced", "untold"]

    /// The sums of a group; a sum of nothing that was told is none.
    ///
    /// As floating-point numbers, which are exact as far as anybody spends: SQLite fails where a sum of whole ones is too large.
    static let totals = amounts.map { "CASE WHEN count(\($0)) THEN total(\($0)) END AS \($0)" }.joined(separator: ", ")

    static func spending(_ row: Row) throws -> (TaskID, Spending) {
        guard let id = TaskID(rawValue: row["task"]) else {
            throw StoreError.damagedRow(table: "spending", id: row["task"], message: "it is of no task")
        }
        var usage = Usage(
            cost: amount("cost", row).map(USD.init(microdollars:)),
            tokens: amount("tokens", row).map { Int($0) },
            unpricedTokens: amount("unpriced", row).map { Int($0) }
        )
        usage.pricedCost = amount("priced", row).map(USD.init(microdollars:))
        usage.untold = amount("untold", row).map { Int($0) }
        return (id, Spending(iterations: row["iterations"], usage: usage))
    }

    private static func amount(_ name: String, _ row: Row) -> Int64? {
        (row[name] as Double?).map { $0 < 9e18 ? Int64($0) : .max }
    }

    /// What agents claim may be anything: less than nothing is nothing.
    static func write(_ spent: Spending, of task: TaskID, endedAt: Timestamp, in database: Database) throws {
        let usage = spent.usage
        let amounts: [Int64?] = [
            usage.cost?.microdollars, usage.tokens.map { Int64($0) }, usage.unpricedTokens.map { Int64($0) },
            usage.pricedCost?.microdollars, usage.untold.map { Int64($0) },
        ]
        let values: [(any DatabaseValueConvertible)?] =
            [task.rawValue, endedAt.stored, spent.iterations] + amounts.map { $0.map { max(0, $0) } }
        try database.run(
            "INSERT INTO spending (\(columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            StatementArguments(values)
        )
    }

    private static let columns = "task, ended, counted, \(amounts.joined(separator: ", "))"

    /// The table, with what the reports of iterations say that were told before there was one.
    ///
    /// The only place where the store looks into them. What another version wrote and nobody can read is left out.
    static let migration = """
        CREATE TABLE spending (
            id INTEGER PRIMARY KEY,
            task TEXT NOT NULL,
            ended INTEGER NOT NULL,
            counted INTEGER NOT NULL,
            cost INTEGER,
            tokens INTEGER,
            unpriced INTEGER,
            priced INTEGER,
            untold INTEGER
        ) STRICT;
        CREATE INDEX spending_ended ON spending (ended);
        DROP INDEX iteration_ended;
        INSERT INTO spending (\(columns))
        SELECT task, ended, CASE json_extract(document, '$.counted') WHEN 1 THEN 1 ELSE 0 END, \(reported)
        FROM iteration WHERE ended IS NOT NULL AND json_valid(document)
        """

    private static var reported: String {
        ["costMicrodollars", "tokens", "unpricedTokens", "pricedCostMicrodollars", "untoldProcesses"]
            .map { name in
                let path = "document, '$.usage.\(name)'"
                return "CASE json_type(\(path)) WHEN 'integer' THEN max(0, json_extract(\(path))) END"
            }
            .joined(separator: ", ")
    }
}
