package import Domain

/// What a person wants of one limit.
package enum LimitWish<Value: Hashable & Sendable>: Hashable, Sendable {
    /// There is to be none, whatever was configured.
    case unlimited
    case at(Value)

    /// The limit; `nil` is none.
    package var limit: Value? {
        switch self {
        case .unlimited: nil
        case .at(let value): value
        }
    }
}

extension LimitWish: ExpressibleByIntegerLiteral where Value == Int {
    package init(integerLiteral value: Int) { self = .at(value) }
}

/// What a person wants of the limits of the machine's resources; `nil` leaves one as it is.
package struct ResourceWishes: Hashable, Sendable {
    /// In MiB.
    package var disk: LimitWish<Int>?
    /// In MiB.
    package var memory: LimitWish<Int>?
    package var cpus: LimitWish<Double>?

    package init() {}

    package func apply(to limits: inout ProcessLimits) {
        if let disk { limits.diskMiB = disk.limit }
        if let memory { limits.memoryMiB = memory.limit }
        if let cpus { limits.cpus = cpus.limit }
    }

    /// Whether it changes what a process is started with.
    var changesProcesses: Bool { memory != nil || cpus != nil }
}
