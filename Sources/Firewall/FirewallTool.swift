internal import CFirewall
internal import LinuxSystem

/// A program that saves, loads or lists rules, run in the network namespace of the calling thread.
struct FirewallTool: Sendable {
  let path: String

  /// Nil if the host has no program called `name` in the usual folders. PATH is not asked: that of a session without a
  /// login often lacks `sbin`.
  init?(_ name: String) {
    let folders = ["/usr/sbin", "/sbin", "/usr/local/sbin", "/usr/bin", "/bin"]
    guard
      let path = folders.map({ (folder: String) in "\(folder)/\(name)" }).first(where: { (path: String) in
        hw_fw_executable(path)
      })
    else { return nil }
    self.path = path
  }

  struct Outcome: Sendable {
    var status: Int32
    var output: String
    var errors: String
    /// The first line of the errors, for a sentence.
    var complaint: String { errors.split(separator: "\n").first.map(String.init) ?? "status \(status)" }
  }

  /// Runs it with `input` and waits.
  ///
  /// - Throws: if it can't be started, or does not end within `seconds`.
  func run(_ words: [String], input: String = "", seconds: Double = 20) throws(FirewallError) -> Outcome {
    do {
      let child = try ChildProcess([path] + words)
      let bytes = [UInt8](input.utf8)
      var written = 0
      var (output, errors): ([UInt8], [UInt8]) = ([], [])
      let end = MonotonicClock.seconds + seconds
      var isOpen = true
      while isOpen {
        if written < bytes.count {
          // A program that reads no more says why in its errors and status.
          do { written += try child.write(bytes, from: written) } catch { written = bytes.count }
        }
        if written == bytes.count { child.closeInput() }
        errors += child.readErrors(limit: 65536)
        if let more = try child.readOutput(limit: 65536) {
          output += more
          isOpen = !more.isEmpty
        } else if let number = child.outputNumber {
          hw_fw_wait([number], 1, written < bytes.count ? 1 : 20)
        }
        if MonotonicClock.seconds > end {
          throw FirewallError("\(path) did not end within \(Int(seconds)) s")
        }
      }
      guard let status = child.status(within: max(0.1, end - MonotonicClock.seconds)) else {
        throw FirewallError("\(path) did not end within \(Int(seconds)) s")
      }
      errors += child.readErrors(limit: 65536)
      return Outcome(
        status: status, output: String(decoding: output, as: UTF8.self), errors: String(decoding: errors, as: UTF8.self)
      )
    } catch let error as FirewallError {
      throw error
    } catch {
      throw FirewallError("\(path) cannot be run: \(error)")
    }
  }

  /// The output of a run that must succeed.
  func output(_ words: [String], input: String = "") throws(FirewallError) -> String {
    let outcome = try run(words, input: input)
    guard outcome.status == 0 else {
      throw FirewallError("\(path) \(words.joined(separator: " ")): \(outcome.complaint)")
    }
    return outcome.output
  }
}

/// Why a host's rules can't be copied or asked, in a sentence for people.
public struct FirewallError: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String
  init(_ description: String) { self.description = description }
}
