internal import LinuxSystem
internal import Synchronization

/// One run of `ssh` and the output of its start script, up to the line at which the probe begins.
final class Attempt {
  enum Failure: Error {
    /// The folder has no room; the next one may.
    case full(next: Int, reason: String)
    /// The open connection was dead.
    case stale(HostError)
    /// A jump host or ProxyCommand failed, and its error text was lost.
    case unheard(HostError)
    case final(HostError)
  }

  let began: Double
  private let client: SSHClient
  private let host: HostSpecification
  private let script: String
  private let keepsOpen: Bool
  private var deadline: Double
  private var seen = 0
  private var started: ChildProcess?

  init(_ client: SSHClient, _ host: HostSpecification, _ script: String, began: Double, keepsOpen: Bool = true) {
    self.client = client
    self.host = host
    self.script = script
    self.began = began
    self.keepsOpen = keepsOpen
    deadline = MonotonicClock.seconds + client.limits.start
  }

  func child() throws(Failure) -> ChildProcess {
    do throws(HostError) {
      let child = try client.start(host, remote: script, keepsOpen: keepsOpen)
      started = child
      return child
    } catch {
      throw .final(error)
    }
  }

  /// Makes the child belong to the connection from now on.
  func keep() { started = nil }

  /// Ends the child, unless it was kept.
  func end() { started?.end(within: 0) }

  /// The next line of the script. Other lines, which login scripts print, are skipped.
  func line(_ child: ChildProcess, until isCancelled: borrowing Atomic<Bool>) throws(Failure) -> StartLine {
    var line: [UInt8] = []
    while true {
      guard let byte = try byte(child, isCancelled) else { throw ended(child) }
      seen += 1
      // If a host prints without end, only its own part is missing.
      guard seen <= 65536 else {
        throw .final(HostError(.notStarted, host.name, "it printed more than 64 KiB before the probe started"))
      }
      if byte != UInt8(ascii: "\n") {
        line.append(byte)
        continue
      }
      if let found = StartLine(parsing: line) { return found }
      line = []
    }
  }

  /// Reads one byte at a time, because the bytes behind the script's last line belong to the probe and must stay in the
  /// pipe.
  private func byte(_ child: ChildProcess, _ isCancelled: borrowing Atomic<Bool>) throws(Failure) -> UInt8? {
    while true {
      do throws(SystemError) {
        if let bytes = try child.readOutput(limit: 1) { return bytes.first }
      } catch {
        throw .final(HostError(.ssh, host.name, "\(error)"))
      }
      try check(isCancelled)
      if let number = child.outputNumber {
        _ = Readiness.wait(readable: number, seconds: min(0.1, max(0, deadline - MonotonicClock.seconds)))
      }
    }
  }

  /// Sends the probe's file, of which the script reads the announced number of bytes. It may take long while there is
  /// progress. The script's next line has the result.
  func copy(
    _ probe: ProbeFile, to child: ChildProcess, until isCancelled: borrowing Atomic<Bool>
  ) throws(Failure) {
    let content = try content(probe)
    var sent = 0
    while sent < content.count {
      let count: Int
      do throws(SystemError) {
        count = try child.write(content, from: sent)
      } catch {
        // The script's next line says why it does not read any more.
        if error.errno == .brokenPipe { break }
        throw .final(HostError(.ssh, host.name, "\(error)"))
      }
      sent += count
      if count > 0 {
        deadline = MonotonicClock.seconds + client.limits.stall
      } else {
        try check(isCancelled)
        _ = child.waitWritable(seconds: 0.1)
      }
    }
    deadline = MonotonicClock.seconds + max(client.limits.start, client.limits.stall)
  }

  private func content(_ probe: ProbeFile) throws(Failure) -> [UInt8] {
    let size = Int(clamping: probe.digest.size)
    do throws(SystemError) {
      let content = try OwnFiles.read(probe.path, limit: size)
      if content.count == size { return content }
    } catch {
      throw .final(HostError(.noProbe, host.name, "\(error)"))
    }
    throw .final(HostError(.noProbe, host.name, "\(probe.path) has changed while it was copied"))
  }

  private func check(_ isCancelled: borrowing Atomic<Bool>) throws(Failure) {
    if isCancelled.load(ordering: .relaxed) { throw .final(HostError(.cancelled, host.name, "cancelled")) }
    guard MonotonicClock.seconds < deadline else {
      // A stalled connection would delay the next command as well.
      client.close(host)
      let seconds = Int((MonotonicClock.seconds - began).rounded())
      throw .final(HostError(.timedOut, host.name, "no answer within \(seconds) s"))
    }
  }

  private func ended(_ child: ChildProcess) -> Failure {
    let status = child.status(within: 2)
    let errors = child.readErrors(limit: 65536)
    // ssh's own errors end with 255; any other status is that of the host's shell.
    var error = HostError(host.name, ssh: errors, otherwise: status == 255 ? .brokenOff : .notStarted)
    if errors.isEmpty, let status, status != 255 { error.detail = "its shell ended with status \(status)" }
    if status == 127 || status == 126, error.code == .brokenOff { error.code = .notStarted }
    guard status == 255, keepsOpen else { return .final(error) }
    if HostError.saysStale(errors) { return .stale(error) }
    return HostError.hidesCause(errors) ? .unheard(error) : .final(error)
  }
}
