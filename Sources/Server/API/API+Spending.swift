import Domain
import Fleet
import HTTPTypes
import Store
import Wire

extension API {
    /// A longer time would be too much to sum up for one request.
    private static let longestSpending = Duration.seconds(32 * 86_400)

    var listSpending: Endpoint {
        let time = Endpoint.Parameter.Kind.integer(0...253_402_300_799_999)
        return Endpoint(
            method: .get,
            path: "\(Self.root)/spending",
            name: "listSpending",
            summary: "Tell what was spent in a time of 32 days at most, by task",
            scope: .viewer,
            query: [
                Endpoint.Parameter(
                    name: "from",
                    kind: time,
                    meaning: "Where it begins, in milliseconds since 1970; a day before its end where left out."
                ),
                Endpoint.Parameter(name: "to", kind: time, meaning: "Where it ends; now where left out."),
            ],
            success: Endpoint.Success(record: SpendingView.self, meaning: "Also of tasks that are gone; for a year."),
            problems: [400]
        ) { call in
            let to = call.time("to") ?? surroundings.now()
            // Times of the API are not before 1970.
            let from = call.time("from") ?? max(to + .seconds(-86_400), Timestamp(millisecondsSince1970: 0))
            guard from <= to, to - from <= Self.longestSpending else {
                throw APIError(
                    400,
                    "malformed_time",
                    "The time from \(from.formattedUTC) to \(to.formattedUTC) is none, or longer than 32 days.",
                    hint: "Ask for parts of it.",
                    field: "from"
                )
            }
            return try .json(try await spending(in: from..<to))
        }
    }

    private func spending(in time: Range<Timestamp>) async throws -> SpendingView {
        var view = SpendingView()
        (view.from, view.to) = (time.lowerBound, time.upperBound)
        view.tasks = try await store.spending(in: time).sorted { $0.key.rawValue < $1.key.rawValue }
            .map { id, spent in
                var task = TaskSpendingView()
                (task.taskId, task.iterations, task.usage) = (id.rawValue, spent.iterations, WireUsage(spent.usage))
                return task
            }
        return view
    }
}

extension Call {
    /// A time in milliseconds since 1970.
    fileprivate func time(_ name: String) -> Timestamp? {
        integer(name).map { Timestamp(millisecondsSince1970: Int64($0)) }
    }
}
