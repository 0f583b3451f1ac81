package import Fleet

/// What a server must remember: tasks, contracts, daemons, what was said between them, and who may do what.
///
/// Each call is one transaction: when it returns it is on the disk, when it throws nothing of it is. Cancelling the caller
/// undoes none. In texts NUL, which databases do not take, becomes U+FFFD; JSON has none. Times come from the caller; all servers of one store must use one clock.
///
/// Every implementation passes `TaskStoreConformance`.
package protocol TaskStore: TaskTable, OrderTable, DaemonTable, DeliveryTable, HistoryTable, BlobTable, AccessTable,
    ContractTable, StoreUpkeep
{
    /// Tells from now on which tasks have changed; what has changed is read from the store.
    ///
    /// Only changes that were made through this value: other processes' are found by looking.
    func changes() -> ChangeFeed
    /// How long daemons keep what they have.
    var leases: LeaseRules { get }
}

/// What a store holds to.
package struct StoreSettings: Sendable {
    package var leases: LeaseRules
    /// Of one blob.
    package var mostBlobBytes: Int
    /// Of the bytes that one call appends.
    package var mostPartBytes: Int
    /// Of a task's document.
    package var mostDocumentBytes: Int

    package init(
        leases: LeaseRules = LeaseRules(),
        mostBlobBytes: Int = 256 << 20,
        mostPartBytes: Int = 1 << 20,
        mostDocumentBytes: Int = 2 << 20
    ) {
        self.leases = leases
        self.mostBlobBytes = mostBlobBytes
        self.mostPartBytes = mostPartBytes
        self.mostDocumentBytes = mostDocumentBytes
    }
}
