internal import LinuxSystem

extension RootFolder {
  /// Connects to the first of `paths` that is there, for `question`: `ask Tailscale's peers`. Often two of them are one, by a
  /// link: where none is there the first one's error is told.
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
