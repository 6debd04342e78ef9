internal import LinuxSystem

extension RootFolder {
  /// Connects to the first of `paths` that exists, for a `question` such as `ask Tailscale's peers`. Two paths are
  /// often the same through a link, so if none exists the first one's error is thrown.
  func connect(toFirstOf paths: [String], for question: String, timeout: Duration) throws(TunnelError)
    -> StreamConnection
  {
    var absent: TunnelError?
    for path in paths {
      do throws(SystemError) {
        return try connect(path, timeout: timeout)
      } catch {
        let error = TunnelError(error, "\(question) at \(shown(path))")
        guard error.code == .absent else { throw error }
        absent = absent ?? error
      }
    }
    throw absent ?? TunnelError(.absent, question)
  }
}
