internal import CMaxMind
internal import Flows

/// A database in MaxMind's format 2.0 (GeoLite2, DB-IP, IPinfo): https://maxmind.github.io/MaxMind-DB/
public final class PlaceDatabase: Sendable {
  // Safe: set once by `init`, closed by `deinit`, and only read between; libmaxminddb's look-ups change nothing of an open
  // database, so several threads may make them at once (libmaxminddb(3), THREAD SAFETY).
  private nonisolated(unsafe) let database: UnsafeMutableRawPointer
  public let path: String
  /// The type that the database states: `GeoLite2-City`.
  public let type: String
  /// When it was built, in seconds since 1970.
  public let built: Double

  /// Opens the file at `path` and maps it into memory.
  public init(_ path: String) throws(PlaceError) {
    var problem = [CChar](repeating: 0, count: 200)
    guard !path.utf8.contains(0), let database = hw_maxmind_open(path, &problem, problem.count) else {
      throw PlaceError(path, Self.text(problem))
    }
    self.database = database
    self.path = path
    type = hw_maxmind_type(database).map { String(cString: $0) } ?? "unknown"
    built = Double(hw_maxmind_built(database))
  }

  deinit { hw_maxmind_close(database) }

  /// Adds the entry of `address` to `record`; false if the database has no entry for it.
  func find(_ address: IPAddress, _ record: inout hw_place) throws(PlaceError) -> Bool {
    let bytes = address.networkOrder
    var problem = [CChar](repeating: 0, count: 200)
    let found = hw_maxmind_find(database, bytes, bytes.count, &record, &problem, problem.count)
    guard found >= 0 else { throw PlaceError(path, Self.text(problem)) }
    return found > 0
  }

  static func text(_ bytes: [CChar]) -> String {
    String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

/// Why a database can't be read.
public struct PlaceError: Error, Hashable, Sendable, CustomStringConvertible {
  public let path: String
  public let problem: String

  init(_ path: String, _ problem: String) {
    self.path = path
    self.problem = problem.isEmpty ? "it can't be opened" : problem
  }

  public var description: String { "\(path): not a GeoIP database: \(problem)" }
}
