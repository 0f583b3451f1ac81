import Domain
import LoopCore

/// A file with a template of a prompt, as a configuration names it.
package struct TemplateReference: Hashable, Sendable {
    /// Where a relative path begins.
    package enum Place: Hashable, Sendable {
        /// Beside the user's file.
        case userFile
        /// At the root of the repository, as the base commit has it.
        case repository
        case currentDirectory
    }

    package var path: String
    package var place: Place

    package init(path: String, place: Place) {
        self.path = path
        self.place = place
    }

    /// Whether a path of a repository stays inside of it.
    package var isInside: Bool {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        return parts.allSatisfy { !["", ".", ".."].contains($0) }
    }
}

extension ConfigurationSources {
    /// The files that have to be read into ``templates`` before the configuration is, in the order of their settings.
    ///
    /// What is wrong elsewhere is told by the reading of the configuration itself.
    package var namedTemplates: [TemplateReference] {
        var builder = ConfigurationBuilder()
        builder.read(self)
        return PromptKind.allCases.compactMap { builder.template(of: $0, in: self) }
    }
}

extension ConfigurationBuilder {
    /// Far above any real template.
    private static let longestTemplate = 1 << 18

    func template(of kind: PromptKind, in sources: ConfigurationSources) -> TemplateReference? {
        guard let path = configuration.promptFiles[kind] else { return nil }
        switch configuration.origin(of: Self.key(kind)) {
        case .file(let file, _) where file == sources.repositoryFile?.path:
            return TemplateReference(path: path, place: .repository)
        case .file: return TemplateReference(path: path, place: .userFile)
        case .builtIn, .variable, .flag: return TemplateReference(path: path, place: .currentDirectory)
        }
    }

    /// Takes the templates over, and refuses those that could make no prompt.
    mutating func judgeTemplates(of sources: ConfigurationSources) {
        for kind in PromptKind.allCases {
            guard let reference = template(of: kind, in: sources) else { continue }
            do throws(Refusal) {
                configuration.prompts[kind] = try Self.text(of: reference, in: sources)
            } catch {
                refuse(Self.key(kind), value: Shown.text(reference.path), error.explanation)
                continue
            }
            let template = PromptTemplate(name: reference.path, text: configuration.prompts[kind] ?? "")
            for problem in template.problems(as: kind) {
                refuse(Self.key(kind), value: Shown.text(reference.path), problem.description)
            }
        }
    }

    private static func key(_ kind: PromptKind) -> String { "prompts.\(kind.rawValue)" }

    private static func text(of reference: TemplateReference, in sources: ConfigurationSources) throws(Refusal)
        -> String
    {
        if reference.place == .repository, !reference.isInside {
            throw Refusal(
                explanation: "it must be a path inside the repository, without '.', '..' and a '/' at an end."
            )
        }
        guard let bytes = sources.templates[reference] else {
            let place = reference.place == .repository ? " in the commit that the task begins at" : ""
            throw Refusal(explanation: "there is no such file\(place).")
        }
        guard bytes.count <= longestTemplate else {
            throw Refusal(explanation: "it has \(bytes.count) bytes, and may have \(longestTemplate) at most.")
        }
        guard var text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
            throw Refusal(explanation: "it is no text in UTF-8.")
        }
        while text.last?.isNewline == true { text.removeLast() }
        return text
    }
}
