import Domain
import Synchronization

/// Carries receipts out of a closure that answers yes or no.
final class ReceiptBox: Sendable {
    private let box = Mutex<[CheckReceipt]>([])

    var receipts: [CheckReceipt] { box.withLock { $0 } }

    func set(_ receipts: [CheckReceipt]) { box.withLock { $0 = receipts } }
}
