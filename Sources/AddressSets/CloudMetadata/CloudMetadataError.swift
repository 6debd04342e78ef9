public import Programs

/// A cloud that did not say what was asked. `absent`: nothing answers at its address, which may be switched off for this machine.
public typealias CloudMetadataError = ProgramError<HTTPRefusal>
