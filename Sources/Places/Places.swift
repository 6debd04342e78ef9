internal import CMaxMind
public import Flows
internal import LinuxSystem
internal import Synchronization

/// Looks up the location of addresses in the databases on this host.
public final class Places: Sendable {
  public let databases: [PlaceDatabase]
  /// The databases that could not be opened, and why.
  public let errors: [PlaceError]
  /// Databases that turned out to be damaged during a lookup; each is reported once.
  private let damaged = Mutex<Set<PlaceError>>([])

  /// The usual folders: those of distributions, of MaxMind's own updater, and of manual installation.
  public static let folders = ["/usr/share/GeoIP", "/var/lib/GeoIP", "/usr/local/share/GeoIP"]
  /// What a person can do if there is no database.
  public static let advice =
    "no GeoIP database was found; put .mmdb files (GeoLite2, DB-IP) into /usr/share/GeoIP or ~/.config/headwater, "
    + "or name them in the settings (places: [FILE])"

  /// Opens the given files and all `.mmdb` files of `folders`, at most 32.
  public init(files: [String], folders: [String] = Places.folders) {
    var paths = files
    var (databases, errors): ([PlaceDatabase], [PlaceError]) = ([], [])
    for folder in folders {
      do throws(SystemError) {
        // City has everything that Country has, so it comes first.
        paths += try OwnFiles.names(in: folder).filter { $0.hasSuffix(".mmdb") }.map { "\(folder)/\($0)" }
      } catch {
        if !error.errno.isAbsence { errors.append(PlaceError(folder, "\(error.errno)")) }
      }
    }
    var seen: Set<String> = []
    for path in paths where seen.insert(path).inserted && databases.count < 32 {
      do throws(PlaceError) { databases.append(try PlaceDatabase(path)) } catch { errors.append(error) }
    }
    self.databases = databases
    self.errors = errors
  }

  /// The location of `address`; nil if no database has it. A later database fills in only what earlier ones lack.
  public func place(of address: IPAddress) -> AddressLocation? {
    var record = hw_place()
    var isFound = false
    for database in databases {
      do throws(PlaceError) {
        if try database.find(address, &record) { isFound = true }
      } catch {
        _ = damaged.withLock { $0.insert(error) }
      }
    }
    guard isFound else { return nil }
    let place = AddressLocation(
      country: Self.text(record.country_code), countryName: Self.text(record.country), city: Self.text(record.city),
      networkNumber: record.network_number == 0 ? nil : record.network_number, network: Self.text(record.network))
    return place == AddressLocation() ? nil : place
  }

  /// Databases that were found damaged since the last call.
  public func takeErrors() -> [PlaceError] {
    damaged.withLock {
      let errors = $0
      $0 = []
      return errors.sorted { $0.path < $1.path }
    }
  }

  private static func text<Bytes>(_ bytes: Bytes) -> String? {
    let text = withUnsafeBytes(of: bytes) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    return text.isEmpty ? nil : text
  }
}
