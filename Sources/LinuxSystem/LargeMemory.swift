internal import CLinux

/// Memory for tables of many megabytes that are read here and there. In huge pages where the kernel gives them: with small
/// ones most reads first wait for the look-up of their page.
public enum LargeMemory {
  /// Uninitialized room for `count` values of a type that needs no cleaning up.
  public static func allocate<Value: BitwiseCopyable>(_ type: Value.Type, _ count: Int) -> UnsafeMutablePointer<Value> {
    let (bytes, overflows) = count.multipliedReportingOverflow(by: MemoryLayout<Value>.stride)
    guard !overflows, bytes >= 0, let memory = hw_allocate_large(max(bytes, 64)) else {
      preconditionFailure("no memory for \(count) values")
    }
    return memory.bindMemory(to: Value.self, capacity: count)
  }

  public static func free<Value: BitwiseCopyable>(_ memory: UnsafeMutablePointer<Value>) {
    hw_free_large(UnsafeMutableRawPointer(memory))
  }
}
