internal import Clues
public import Flows
internal import LinuxSystem

/// The configuration and status files that the readers of relays and VPNs read on this host: each as its process may read
/// it, and never more than that.
public enum LocalEvidence {
  private static let sizeLimit = 2 << 20
  private static let fileLimit = 512
  private static let filesPerProcess = 64
  private static let notesPerProcess = 5

  /// The files of the relays and VPN daemons among `owners`, and which of them were not read and why.
  public static func files(of owners: [Owner]) -> [BundleRecord.File] {
    var files: [BundleRecord.File] = []
    var seen: Set<Int32> = []
    for owner in owners {
      guard let process = owner.process, seen.insert(process.pid).inserted, files.count < fileLimit else { continue }
      var found = Found(container: owner.container?.title)
      if HAProxyProcess.isHAProxy(name: process.name, executable: process.executable) {
        found.addHAProxy(process.pid)
      } else if NginxInvocation.isNginx(process) {
        found.addNginx(process.pid)
      } else if OpenVPNServer.matches(command: process.command ?? [], executable: process.executable) {
        found.addOpenVPN(process.pid)
      }
      files += found.files
    }
    return files
  }

  /// What was found of one process.
  private struct Found {
    let container: String?
    var files: [BundleRecord.File] = []
    private var notes = 0

    init(container: String?) { self.container = container }

    mutating func addHAProxy(_ pid: Int32) {
      guard let process = try? HAProxyProcess(reading: pid, from: ProcessFiles()) else { return }
      for path in process.configuration.files.prefix(filesPerProcess) {
        add(path, as: .haproxy) { try process.content(of: path) }
      }
      process.unreadable.forEach { note($0) }
    }

    mutating func addNginx(_ pid: Int32) {
      guard let invocation = try? NginxInvocation(of: pid) else { return }
      let root = invocation.root()
      let configuration = NginxConfiguration(invocation, in: root)
      for path in configuration.files.prefix(filesPerProcess) {
        add(path, as: .nginx) { try root.read(path, limit: sizeLimit + 1).bytes }
      }
      configuration.problems.prefix(notesPerProcess).forEach { note("\($0)") }
    }

    mutating func addOpenVPN(_ pid: Int32) {
      guard let server = try? OpenVPNServer(pid: pid) else { return }
      for path in server.configuration.files.prefix(filesPerProcess) {
        add(path, as: .openvpn) { try server.content(of: path) }
      }
      server.configuration.problems.forEach { note("\($0)") }
      do {
        if let (path, bytes) = try server.statusText() { add(path, as: .status) { bytes } }
      } catch {
        note("\(error)")
      }
    }

    private mutating func add(_ path: String, as kind: EvidenceText.Kind, _ content: () throws -> [UInt8]) {
      do {
        let bytes = try content()
        guard bytes.count <= sizeLimit else { return note("\(path): larger than \(sizeLimit >> 20) MiB") }
        files.append(
          BundleRecord.File(container: container, path: path, content: bytes, kind: kind))
      } catch {
        note("\(error)")
      }
    }

    private mutating func note(_ text: String) {
      notes += 1
      guard notes <= notesPerProcess else { return }
      files.append(BundleRecord.File(container: container, unread: "not read: \(text)"))
    }
  }
}
