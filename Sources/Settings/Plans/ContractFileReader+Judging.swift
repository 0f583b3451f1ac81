import Domain

extension ContractFileReader {
    /// Reads the plans that stand in files of their own.
    mutating func takePlans(_ read: (String) -> NamedPlan) {
        for index in file.tasks.indices {
            let task = file.tasks[index]
            guard let named = task.planFile else {
                if task.plan.isEmpty, !isRefused(index, "plan") {
                    refuse(key(index), "it needs a 'plan' or a 'plan_file'.")
                }
                continue
            }
            guard task.plan.isEmpty else {
                refuse(key(index, "plan_file"), "there is a 'plan' already; keep one of both.")
                continue
            }
            switch read(named) {
            case .text(let plan): file.tasks[index].plan = plan
            case .unusable(let sentence): refuse(key(index, "plan_file"), value: named, sentence)
            }
        }
    }

    /// Judges the file as a whole: what no value shows by itself.
    mutating func judge() {
        judgeNames()
        judgeOrder()
        judgeTouches()
        judgeNumbers()
        if use == .graph, file.tasks.isEmpty, problems.isEmpty {
            refuse([], "it has no tasks: write each as [[task]], with a 'name' and a 'plan'.")
        }
    }

    private func key(_ index: Int, _ name: String? = nil) -> [String] {
        ["task", String(places[index])] + [name].compactMap(\.self)
    }

    private func isRefused(_ index: Int, _ name: String) -> Bool {
        problems.contains { $0.key == Self.shown(key(index, name)) }
    }

    // MARK: - Names

    private mutating func judgeNames() {
        var first: [String: Int] = [:]
        for index in file.tasks.indices where !file.tasks[index].name.isEmpty {
            let name = file.tasks[index].name
            if let other = first[name] {
                refuse(key(index, "name"), value: name, "\(Self.shown(key(other))) is called so already.")
            }
            first[name] = first[name] ?? index
            judgeName(name, key(index, "name"))
        }
        var phases: Set<String> = []
        for (index, phase) in file.phases.enumerated() where !phase.name.isEmpty {
            let keys = ["phase", String(index), "name"]
            if !phases.insert(phase.name).inserted { refuse(keys, value: phase.name, "another phase is called so.") }
            judgeName(phase.name, keys)
        }
    }

    private mutating func judgeName(_ name: String, _ keys: [String]) {
        let isPlain = name.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
        guard !isPlain || name.utf8.count > Self.longestName else { return }
        refuse(keys, value: name, "a name is one line of \(Self.longestName) bytes at most.")
    }

    private static let longestName = 100

    // MARK: - Order

    private mutating func judgeOrder() {
        let names = file.tasks.map(\.name).filter { !$0.isEmpty }
        let known = Set(names)
        for index in file.tasks.indices {
            let task = file.tasks[index]
            for name in task.after where !known.contains(name) { refuseUnknownTask(name, key(index, "after"), names) }
            if let name = task.continues, !known.contains(name) {
                refuseUnknownTask(name, key(index, "continues"), names)
            }
        }
        let parents = Dictionary(
            file.tasks.map { ($0.name, $0.after + [$0.continues].compactMap(\.self)) },
            uniquingKeysWith: +
        )
        guard let circle = Self.circle(of: names, waitingFor: parents),
            let index = file.tasks.firstIndex(where: { $0.name == circle.first })
        else { return }
        let way = circle.map { "'\($0)'" }.joined(separator: " → ")
        refuse(key(index), "these tasks wait for each other: \(way).")
    }

    private mutating func refuseUnknownTask(_ name: String, _ keys: [String], _ names: [String]) {
        let guess = Suggestion.nearest(to: name, among: names).map { ", did you mean '\($0)'?" } ?? "."
        refuse(keys, value: name, "there is no such task in the file\(guess)")
    }

    /// Tasks of which each waits for the next, and the last is the first.
    private static func circle(of names: [String], waitingFor parents: [String: [String]]) -> [String]? {
        // Whoever waits for nobody that is left can begin; those that remain wait for each other.
        var left = Set(names)
        while let free = names.first(where: { name in
            left.contains(name) && (parents[name] ?? []).allSatisfy { !left.contains($0) }
        }) { left.remove(free) }
        guard var next = names.first(where: left.contains) else { return nil }
        var way: [String] = []
        while !way.contains(next) {
            way.append(next)
            guard let parent = parents[next]?.first(where: left.contains) else { return nil }
            next = parent
        }
        return Array(way.drop { $0 != next }) + [next]
    }

    // MARK: - Paths

    private mutating func judgeTouches() {
        for index in file.tasks.indices {
            let (patterns, keys) = (file.tasks[index].touches, key(index, "touches"))
            var isRight = true
            for pattern in patterns {
                guard let problem = TouchPattern.problem(with: pattern) else { continue }
                refuse(keys, value: pattern, "a pattern \(problem).")
                isRight = false
            }
            guard isRight, let problem = TouchPattern.problem(withAll: patterns) else { continue }
            refuse(keys, "the patterns \(problem).")
        }
    }

    // MARK: - Numbers

    private mutating func judgeNumbers() {
        let limits = file.limits
        for (name, value, most) in [
            ("at_once", limits.atOnce, 100_000), ("batch", limits.batch, 100_000),
            ("max_returns", limits.maxReturns, 100_000), ("max_tasks", limits.maxTasks, 100_000),
            ("max_depth", limits.maxDepth, 10), ("max_fan_out", limits.maxFanOut, 100_000),
            ("max_calls", limits.maxCalls, 100_000),
        ] { judge(value, 1...most, ["limits", name]) }
        for index in file.tasks.indices {
            judge(file.tasks[index].maxIterations, 1...1_000_000, key(index, "max_iterations"))
            judge(file.tasks[index].priority, 0...100, key(index, "priority"))
        }
    }

    private mutating func judge(_ value: Int?, _ range: ClosedRange<Int>, _ keys: [String]) {
        guard let value, !range.contains(value) else { return }
        refuse(keys, "it is \(value), and must be \(StrictValue.described(range)).")
    }
}
