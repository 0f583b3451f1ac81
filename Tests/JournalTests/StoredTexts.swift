/// What the journal holds, as it was written by a released version.
extension StoredDocumentTests {
    /// Of the first version; `ID` stands for the task's id.
    static let firstTask = #"""
        {"spec":{"id":"ID","name":"n","plan":"p"
        ,"repository":{"path":"/srv/r","base":"cccccccccccccccccccccccccccccccccccccccc","includeChanges":false,"copyFiles":[]}
        ,"limits":{"maxIterations":10,"ceiling":50,"noChangeThreshold":3,"sameErrorThreshold":5}
        ,"budgets":{"maxTokens":9007199254740993}
        ,"timeouts":{"iteration":[195,2884905626637434880],"stall":[48,14556284461941522432]
        ,"firstOutput":[16,4852094820647174144],"toolCall":[97,10665824850173493248],"check":[48,14556284461941522432]}
        ,"checks":[{"name":"unit","command":"make test","clean":false}],"protected":[]
        ,"agent":{"name":"a","kind":"claude","command":["claude"]
        ,"environment":{},"passEnvironment":[],"arguments":[]}
        ,"context":"continue","completion":"branch","sandbox":{"mode":"auto","read":[],"write":[]},"waits":true}
        ,"status":"waiting","reason":{"waiting":{"_0":"usage_limit","until":1772373909123}}
        ,"iterations":1,"runs":2,"usage":{"cost":42}
        ,"activeTime":[0,1500000000000000000],"createdAt":1772373909123,"updatedAt":1772373909123}
        """#

    /// What an account's limit was as the second version stored it; `ID` stands for a task's id.
    static let firstAccountWait = #"""
        {"cause":"usage_limit","until":1772373999123,"stated":1772373989123,"since":1772373909123,"task":"ID"
        ,"probe":{"task":"ID","began":1772373999200}}
        """#

    /// A wait within a task.
    static let firstWait = #"""
        {"cause":"rate_limited","until":1772373999123,"since":1772373909123,"attempt":2,"role":"stands_by"}
        """#
}
