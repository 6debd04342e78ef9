/// Requests on their way to the tables. They are looked up in batches, so that many lookups wait for memory at the same
/// time.
///
/// It uses pointers for the reason given at `LineBytes`. The lines must stay in place until the batch is empty again.
struct RecordBatch: ~Copyable {
  static let capacity = 128

  struct Item {
    var record: LogRecord
    var line: LineBytes
    var share = PeriodShare()
    var seconds: UInt32 = 0
    var site = 0
    var client = 0
    var path = 0
    var agent: UInt32 = .max
    var hash: UInt64 = 0
    var key: UInt64 = 0
  }

  private let items: UnsafeMutablePointer<Item>
  private(set) var count = 0

  init() { items = .allocate(capacity: Self.capacity) }

  deinit { items.deallocate() }

  var isFull: Bool { count == Self.capacity }

  @inline(__always)
  mutating func append(_ record: borrowing LogRecord, _ line: LineBytes) {
    (items + count).initialize(to: Item(record: copy record, line: line))
    count &+= 1
  }

  mutating func removeAll() { count = 0 }

  @inline(__always)
  subscript(index: Int) -> Item {
    get { items[index] }
    _modify { yield &items[index] }
  }
}
