import Processes
import Testing

/// The control groups of this machine, where it has some that these tests may make.
enum RealControlGroup {
    static let found = ControlGroupProbe().find()

    static var isUsable: Bool {
        if case .usable = found { true } else { false }
    }

    static var directory: String {
        if case .usable(let place) = found { place.directory } else { "/nonexistent" }
    }
}

extension Trait where Self == ConditionTrait {
    /// Only where control groups of version 2 can be made.
    static var needsControlGroups: Self {
        .enabled(
            if: RealControlGroup.isUsable,
            "No control groups of version 2 can be made here: \(RealControlGroup.found)."
        )
    }
}
