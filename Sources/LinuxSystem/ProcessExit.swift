internal import CLinux

/// The process itself.
public enum ProcessExit {
  /// Ends it at once with `status`; what is open is closed by the kernel, and links to eBPF programs with it.
  public static func exit(_ status: Int32) -> Never { hw_exit(status) }

  /// From now on SIGQUIT ends it at once, without a back trace.
  public static func quitAtOnce() { hw_quit_at_once() }

  /// The environment as it was given.
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
