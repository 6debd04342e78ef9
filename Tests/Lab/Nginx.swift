import Foundation
import Glibc

/// A real nginx on a test host: a master and its workers.
public final class Nginx: Sendable {
  public let host: TestHost
  /// The configuration file, in the host.
  public let file: String
  private let process: BackgroundProcess

  /// What a test with nginx needs.
  public static let requirements: [Requirement] = Requirement.host + [.program("nginx"), .program("openssl")]
  /// What a test with `stream {}` needs besides (Debian's libnginx-mod-stream).
  public static let streamRequirements: [Requirement] =
    requirements + [.file("/usr/lib/nginx/modules/ngx_stream_module.so")]

  /// A whole configuration of what stands in its `http {}` and `stream {}`. Workers run as root, so that they can read
  /// what a test wrote.
  public static func configuration(http: String? = nil, stream: String? = nil, workers: Int = 1) -> String {
    var text = "user root;\nworker_processes \(workers);\nevents { worker_connections 1024; }\n"
    if let stream { text = "load_module modules/ngx_stream_module.so;\n\(text)stream {\n\(stream)\n}\n" }
    if let http { text += "http {\n\(http)\n}\n" }
    return text
  }

  /// Writes `configuration` to `file` of `host`, with other `files` by their paths, starts nginx in the foreground, and
  /// waits until all workers are there (the master listens before it makes them).
  ///
  /// Two on one host need different files, and different addresses. A `pid` is chosen unless the configuration does.
  public init(
    _ configuration: String, on host: TestHost, file: String = "/etc/nginx/nginx.conf", files: [String: String] = [:],
    prefix: String? = nil
  ) throws {
    self.host = host
    self.file = file
    for (path, text) in files { try host.write(path, text) }
    try host.write(file, configuration)
    var directives = "daemon off;"
    if !Self.words(configuration).contains("pid") { directives += " pid /run/nginx-\(Lab.nextNumber()).pid;" }
    process = try host.start(
      ["nginx"] + (prefix.map { ["-p", $0] } ?? []) + ["-c", file, "-g", directives])
    try waitForWorkers(of: configuration)
  }

  /// The master's pid on the machine.
  public var master: Int32? { process.pid }

  /// The workers' pids on the machine, ascending; after a reload also the old ones that still have connections.
  public var workers: [Int32] {
    guard let master else { return [] }
    return Lab.children(of: master).filter { Self.title($0).hasPrefix("nginx: worker process") }.sorted()
  }

  /// What it wrote to its standard error.
  public var errors: String { process.errors }

  /// Exchanges the configuration as `nginx -s reload` does, and waits for workers that have it.
  public func reload(_ configuration: String) throws {
    let old = Set(workers)
    try host.write(file, configuration)
    process.send(SIGHUP)
    try waitForWorkers(of: configuration, except: old)
  }

  /// Ends the master and its workers.
  public func stop() { process.stop() }

  /// `nginx -T`: the files of the configuration, in the order in which nginx opens them.
  public static func files(of configuration: String, on host: TestHost, options: [String] = []) throws -> [String] {
    let mark = "# configuration file "
    return try host.output(of: ["nginx", "-T", "-c", configuration] + options).split(separator: "\n")
      .filter { $0.hasPrefix(mark) && $0.hasSuffix(":") }.map { String($0.dropFirst(mark.count).dropLast()) }
  }

  /// Makes a self-signed certificate for `name`; gives the paths of the certificate and of its key in the host.
  public static func certificate(for name: String, on host: TestHost) throws -> (certificate: String, key: String) {
    let paths = ("/etc/ssl/lab-\(name).crt", "/etc/ssl/lab-\(name).key")
    try host.output(of: [
      "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
      "-subj", "/CN=\(name)", "-addext", "subjectAltName=DNS:\(name)", "-out", paths.0, "-keyout", paths.1,
    ])
    return paths
  }

  private func waitForWorkers(of configuration: String, except old: Set<Int32> = []) throws {
    let words = Self.words(configuration)
    let count = words.firstIndex(of: "worker_processes").flatMap { Int(words[$0 + 1]) } ?? 1
    let process = process
    try waitUntil("nginx to have \(count) workers", detail: { process.errors }) {
      guard process.isRunning else { throw LabError("nginx ended: \(process.output)\(process.errors)") }
      return workers.filter { !old.contains($0) }.count >= count
    }
  }

  private static func words(_ configuration: String) -> [Substring] {
    configuration.split { $0.isWhitespace || $0 == ";" }
  }

  private static func title(_ pid: Int32) -> String {
    String(decoding: FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") ?? Data(), as: UTF8.self)
  }
}
