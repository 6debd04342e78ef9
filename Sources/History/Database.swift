internal import CSQLite

/// An SQLite file. Its statements are prepared once. Not for several threads at once.
final class Database {
  let path: String
  private let handle: UnsafeMutableRawPointer
  private var prepared: [String: Statement] = [:]

  /// - Parameters:
  ///   - writes: the file is made if it is not there; otherwise it is only read.
  ///   - patience: how many seconds to wait for another program's lock.
  init(_ path: String, writes: Bool, patience: Double) throws(HistoryError) {
    self.path = path
    var code = HW_SQLITE_OK
    var text = [CChar](repeating: 0, count: 256)
    guard let handle = hw_sqlite_open(path, writes, Int32(patience * 1000), &code, &text, text.count) else {
      throw HistoryError(Self.code(code), path, "open", Self.string(text))
    }
    self.handle = handle
  }

  deinit {
    // A statement must not outlive its database.
    prepared = [:]
    hw_sqlite_close(handle)
  }

  /// Runs statements that have no answer.
  func run(_ statements: String, _ operation: String) throws(HistoryError) {
    var text = [CChar](repeating: 0, count: 256)
    let code = hw_sqlite_run(handle, statements, &text, text.count)
    guard code == HW_SQLITE_OK else { throw HistoryError(Self.code(code), path, operation, Self.string(text)) }
  }

  /// Runs one statement with values, and calls `row` for each row of its answer.
  func run(
    _ statement: String, _ values: [Value], _ operation: String, row: (Row) throws(HistoryError) -> Void = { _ in }
  ) throws(HistoryError) {
    let ready = try self.ready(statement, operation)
    defer { hw_sqlite_reset(ready.handle) }
    for (index, value) in values.enumerated() {
      let place = Int32(index + 1)
      switch value {
      case .number(let number): hw_sqlite_bind_number(ready.handle, place, number)
      case .text(var text): text.withUTF8 { hw_sqlite_bind_text(ready.handle, place, $0.baseAddress, $0.count) }
      case .bytes(let bytes): hw_sqlite_bind_bytes(ready.handle, place, bytes, bytes.count)
      }
    }
    while true {
      let step = hw_sqlite_step(ready.handle)
      if step < 0 { throw error(operation) }
      if step == 0 { return }
      try row(Row(statement: ready.handle))
    }
  }

  /// The number that a statement answers; nil without a row.
  func number(_ statement: String, _ operation: String) throws(HistoryError) -> Int64? {
    try number(statement, [], operation)
  }

  func number(_ statement: String, _ values: [Value], _ operation: String) throws(HistoryError) -> Int64? {
    var found: Int64?
    try run(statement, values, operation) { row throws(HistoryError) in found = row.number(0) }
    return found
  }

  /// Runs `body` as one change of the file: all of it or nothing.
  func change<Answer>(_ operation: String, _ body: () throws(HistoryError) -> Answer) throws(HistoryError) -> Answer {
    try run("BEGIN IMMEDIATE", operation)
    do throws(HistoryError) {
      let value = try body()
      try run("COMMIT", operation)
      return value
    } catch {
      // SQLite may have rolled it back already; the first error tells why.
      try? run("ROLLBACK", operation)
      throw error
    }
  }

  var changes: Int64 { hw_sqlite_changes(handle) }

  enum Value {
    case number(Int64)
    case text(String)
    case bytes([UInt8])
  }

  /// A row of an answer, valid while it is handled.
  struct Row {
    fileprivate let statement: UnsafeMutableRawPointer

    func number(_ column: Int32) -> Int64 { hw_sqlite_number(statement, column) }

    func bytes(_ column: Int32) -> [UInt8] {
      var count = 0
      guard let start = hw_sqlite_bytes(statement, column, &count) else { return [] }
      return Array(UnsafeRawBufferPointer(start: start, count: count))
    }

    func text(_ column: Int32) -> String { String(decoding: bytes(column), as: UTF8.self) }
  }

  private final class Statement {
    let handle: UnsafeMutableRawPointer
    init(_ handle: UnsafeMutableRawPointer) { self.handle = handle }
    deinit { hw_sqlite_finalize(handle) }
  }

  private func ready(_ text: String, _ operation: String) throws(HistoryError) -> Statement {
    if let known = prepared[text] { return known }
    guard let handle = hw_sqlite_prepare(handle, text) else { throw error(operation) }
    let statement = Statement(handle)
    prepared[text] = statement
    return statement
  }

  private func error(_ operation: String) -> HistoryError {
    var text = [CChar](repeating: 0, count: 256)
    let code = hw_sqlite_error(handle, &text, text.count)
    return HistoryError(Self.code(code), path, operation, Self.string(text))
  }

  private static func code(_ code: hw_sqlite_code) -> HistoryError.Code {
    switch code {
    case HW_SQLITE_LOCKED: .locked
    case HW_SQLITE_DAMAGED: .damaged
    case HW_SQLITE_FULL: .full
    case HW_SQLITE_DENIED: .denied
    default: .failed
    }
  }

  private static func string(_ text: [CChar]) -> String {
    String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
