internal import CLinux

/// This process.
public enum ProcessExit {
  /// Ends the process at once with `status`. The kernel closes everything that is open, including links to eBPF
  /// programs.
  public static func exit(_ status: Int32) -> Never { hw_exit(status) }

  /// Makes SIGQUIT end the process at once from now on, without a backtrace.
  public static func quitAtOnce() { hw_quit_at_once() }

  /// The environment that the process was started with.
  public static var environment: [String: String] {
    var result: [String: String] = [:]
    var index = 0
    while let entry = hw_environment(index) {
      let text = String(cString: entry)
      if let equals = text.firstIndex(of: "=") {
        result[String(text[..<equals])] = String(text[text.index(after: equals)...])
      }
      index += 1
    }
    return result
  }

  public static func isTerminal(_ descriptor: Int32) -> Bool { hw_is_terminal(descriptor) }

  public static var processID: Int32 { hw_process_id() }
}
