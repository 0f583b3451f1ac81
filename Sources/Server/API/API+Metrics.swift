import Domain
import Fleet
import HTTPTypes
import Store

extension API {
    var metrics: [Endpoint] {
        [
            Endpoint(
                method: .get,
                path: "/metrics",
                name: "getMetrics",
                summary: "How it goes, in numbers, for Prometheus",
                scope: .viewer,
                success: Endpoint.Success(content: .metrics, meaning: "Text in the format of Prometheus.")
            ) { _ in
                .record(200, Array(try await metricsText().utf8), [.contentType: MetricsText.contentType])
            }
        ]
    }

    private func metricsText() async throws -> String {
        var text = MetricsText()
        text.add("makima_build_info", .gauge, "Which makima this is.", [([("version", version)], 1)])
        let counts = try await store.counts()
        text.add(
            "makima_tasks",
            .gauge,
            "Tasks by where they stand.",
            TaskStatus.allCases.map { ([("status", $0.rawValue)], counts[$0] ?? 0) }
        )
        let open = try await store.openQuestions(limit: 1000)
        text.add("makima_open_questions", .gauge, "Questions that wait for a person; 1000 are more.", open.count)
        try await addDaemons(to: &text)
        add(surroundings.meter.now, to: &text)
        text.add("makima_viewers", .gauge, "Those who look on.", streams.viewers.count)
        if let facts = ProcessFacts.read() {
            text.add("process_resident_memory_bytes", .gauge, "Resident memory.", facts.residentBytes)
            text.add("process_cpu_seconds_total", .counter, "Processor time used.", facts.processorSeconds)
            text.add("process_open_fds", .gauge, "Open file descriptors.", facts.openFiles)
        }
        return text.text
    }

    private func addDaemons(to text: inout MetricsText) async throws {
        let known = try await store.daemons()
        let connected = try await store.connected(at: surroundings.now())
        func samples<Value>(_ value: (DaemonState) -> Value?) -> [(
            labels: [(name: String, value: String)], value: Value
        )] {
            connected.compactMap { state in value(state).map { ([("daemon", state.id.rawValue)], $0) } }
        }
        text.add(
            "makima_daemons",
            .gauge,
            "Daemons that are known, by whether they are there.",
            [
                ([("state", "connected")], connected.count),
                ([("state", "away")], known.count - connected.count),
            ]
        )
        text.add("makima_daemon_slots", .gauge, "Tasks that a daemon runs side by side.", samples(\.capacity.slots))
        text.add("makima_daemon_tasks", .gauge, "Tasks that a daemon has.", samples(\.assigned))
        text.add("makima_daemon_draining", .gauge, "1 where it takes no new tasks.", samples { $0.isDraining ? 1 : 0 })
        text.add("makima_daemon_load", .gauge, "Load average for each processor.", samples(\.capacity.load))
        text.add(
            "makima_daemon_memory_free_bytes",
            .gauge,
            "Free memory.",
            samples { $0.capacity.memoryFreeMiB.map { $0 << 20 } }
        )
        text.add(
            "makima_daemon_disk_free_bytes",
            .gauge,
            "Free space.",
            samples { $0.capacity.diskFreeMiB.map { $0 << 20 } }
        )
    }

    private func add(_ counts: Meter.Counts, to text: inout MetricsText) {
        text.add(
            "makima_http_requests_total",
            .counter,
            "Answers to requests, by their status.",
            counts.requests.sorted { $0.key < $1.key }.map { ([("status", "\($0.key)")], $0.value) }
        )
        text.add(
            "makima_daemon_messages_total",
            .counter,
            "Messages of daemons, by what became of them.",
            [
                ([("result", "stored")], counts.messages), ([("result", "repeated")], counts.repetitions),
                ([("result", "stale")], counts.staleMessages),
            ]
        )
        text.add(
            "makima_iterations_total",
            .counter,
            "Iterations, by how they ended.",
            counts.iterations.sorted { $0.key < $1.key }.map { ([("end", $0.key)], $0.value) }
        )
        text.add(
            "makima_attempts_ended_total",
            .counter,
            "Attempts, by the status they ended with.",
            TaskStatus.allCases.compactMap { status in
                counts.ends[status].map { ([("status", status.rawValue)], $0) }
            }
        )
        text.add("makima_cost_dollars_total", .counter, "What iterations have cost.", counts.cost.dollars)
        text.add("makima_tokens_total", .counter, "Tokens of iterations, with those of caches.", counts.tokens)
        text.add("makima_hand_overs_total", .counter, "Tasks that were handed to a daemon.", counts.handOvers)
        text.add("makima_lost_attempts_total", .counter, "Attempts lost with their daemon.", counts.lostAttempts)
        text.add("makima_lost_sessions_total", .counter, "Sessions of daemons that went silent.", counts.lostSessions)
    }
}
