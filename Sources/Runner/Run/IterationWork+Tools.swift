import Agents
import Domain
import LoopCore

extension IterationWork {
    /// What makima's tools are given in this try; `token` is that of a former makima.
    ///
    /// `nil` for an agent that takes none and leads nobody.
    func toolDesk(token: String? = nil) -> ToolDesk? {
        let isServed = parts.agents.capabilities(of: task.spec.agent).takesTools
        let leads = task.spec.role == .supervisor
        guard isServed || leads else { return nil }
        let file = TaskDirectory.tools(in: directory)
        var access = ToolAccess(
            file: parts.confinement.toolsPath(of: file),
            token: token ?? parts.surroundings.token(),
            asksPeople: task.spec.questions != nil
        )
        let replies = TaskDirectory.replies(in: directory)
        if leads { access.replies = parts.confinement.repliesPath(of: replies) }
        var desk = ToolDesk(file: file, access: access, isServed: isServed)
        guard leads else { return desk }
        desk.leader = LeaderDesk(
            task: task.id,
            calls: file,
            replies: replies,
            token: access.token,
            line: parts.leaderLine,
            supervisor: parts.supervisor,
            surroundings: parts.surroundings
        )
        return desk
    }
}
