internal import CLinux

/// Threads that live as long as the process.
public enum Companion {
  /// Runs `body` on a separate thread without waiting for it. False if no thread could be started.
  @discardableResult
  public static func start(_ body: sending @escaping () -> Void) -> Bool {
    let context = Unmanaged.passRetained(Body(body)).toOpaque()
    let status = hw_thread_detach(
      { context in
        guard let context else { return }
        Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
      }, context)
    if status < 0 { Unmanaged<Body>.fromOpaque(context).release() }
    return status >= 0
  }

  private final class Body {
    let run: () -> Void
    init(_ run: @escaping () -> Void) { self.run = run }
  }
}
