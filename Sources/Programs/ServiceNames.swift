public import Flows
public import LinuxSystem

/// Names of ports from a services file (services(5)).
public struct ServiceNames: Sendable {
  /// A port with its transport.
  public struct Service: Hashable, Sendable {
    public var port: UInt16
    public var transport: Transport
  }

  private var names: [Service: String] = [:]
  private var services: [String: [Service]] = [:]
  /// Why there are no names: the file could not be read. Nil if it was read or does not exist.
  public private(set) var failure: SystemError?

  /// This host's `/etc/services`, read once; it has no names if the file is missing, as in small containers.
  public static let host = ServiceNames(file: "/etc/services")

  /// Reads up to 16 MiB of `path`; a missing file gives no names.
  public init(file path: String) {
    do throws(SystemError) {
      self.init(parsing: try Descriptor(reading: path).readToEnd(limit: 16 << 20))
    } catch {
      self.init(parsing: [])
      if !error.errno.isAbsence { failure = error }
    }
  }

  /// Reads lines of the form `name port/protocol alias…  # comment` and ignores others. The first name of a port wins.
  public init(parsing content: [UInt8]) {
    for line in content.split(separator: UInt8(ascii: "\n")) {
      let fields = line.prefix { $0 != UInt8(ascii: "#") }.split { $0 == 32 || $0 == 9 || $0 == 13 }
      guard fields.count > 1 else { continue }
      let parts = fields[1].split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        .map { String(decoding: $0, as: UTF8.self) }
      guard parts.count == 2, let port = Port(parts[0]), let transport = Transport(parts[1]) else { continue }
      let service = Service(port: port.number, transport: transport)
      let words = ([fields[0]] + fields.dropFirst(2)).map { String(decoding: $0, as: UTF8.self) }
      if names[service] == nil { names[service] = words[0] }
      for word in words { services[word, default: []].append(service) }
    }
  }

  /// `https` for 443 and TCP.
  public func name(of port: UInt16, _ transport: Transport) -> String? {
    names[Service(port: port, transport: transport)]
  }

  /// The ports of a name or an alias: `https` is 443 for TCP and for UDP.
  public func services(named name: String) -> [Service] { services[name] ?? [] }
}
