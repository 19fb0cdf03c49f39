#include "aot.h"

WasmEdge_Result wasmedge_driver_parse(WasmEdge_LoaderContext *loader, const wasm_bytes *bytes,
                                      WasmEdge_ASTModuleContext **module)
{
#ifdef WASMEDGE_AOT
    return WasmEdge_LoaderParseFromFile(loader, module, bytes->path);
#else
    return WasmEdge_LoaderParseFromBuffer(loader, module, bytes->bytes, (uint32_t)bytes->size);
#endif
}

/* Releases nothing: its process ends. */
const char *wasmedge_driver_compile(const wasm_bytes *bytes, const char *path)
{
    WasmEdge_ConfigureContext *configure = WasmEdge_ConfigureCreate();
    WasmEdge_ConfigureCompilerSetOutputFormat(configure, WasmEdge_CompilerOutputFormat_Native);
    WasmEdge_ConfigureCompilerSetOptimizationLevel(configure,
                                                   WasmEdge_CompilerOptimizationLevel_O2); /* its command's */
    WasmEdge_CompilerContext *compiler = WasmEdge_CompilerCreate(configure);
    if (compiler == NULL)
        return "this WasmEdge was built without its compiler";
    WasmEdge_Result outcome = WasmEdge_CompilerCompileFromBuffer(compiler, bytes->bytes, bytes->size, path);
    return WasmEdge_ResultOK(outcome) ? NULL : WasmEdge_ResultGetMessage(outcome);
}
